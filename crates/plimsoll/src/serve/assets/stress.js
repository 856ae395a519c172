(function(){
"use strict";
// The sliders ask at once; an answer that was overtaken is dropped. Without scripts the button sends the form.
var form=document.querySelector("form.lab"),result=document.querySelector(".result");if(!form||!result)return;
var asked=0,abort=null,timer=null;
function label(e){
  var o=form.querySelector('output[for="'+e.id+'"]');if(!o)return;
  var v=+e.value,k=e.dataset.words;
  o.textContent=k==="quarter"?(v>12?"never":v===1?"next quarter":"in quarter "+v):k==="bp"?v+" bp":k==="times"?v.toFixed(2)+"x":(v>0?"+":v<0?"\u2212":"")+Math.abs(v)+" %";
}
function ask(){
  var mine=++asked,u=new URL(form.action,location.href);
  new FormData(form).forEach(function(v,k){u.searchParams.set(k,v)});
  if(abort)abort.abort();abort=new AbortController();
  result.setAttribute("aria-busy","true");
  var begun=performance.now();
  fetch(u,{signal:abort.signal}).then(function(r){return r.text().then(function(t){return{ok:r.ok,t:t}})}).then(function(a){
    if(mine!==asked)return;
    var doc=new DOMParser().parseFromString(a.t,"text/html"),next=doc.querySelector(".result")||doc.querySelector(".problem");
    result.replaceChildren.apply(result,Array.prototype.slice.call(next.childNodes));
    result.removeAttribute("aria-busy");
    result.dataset.took=Math.round(performance.now()-begun);
    if(a.ok)history.replaceState(null,"",u);
  }).catch(function(e){if(e.name!=="AbortError"&&mine===asked){result.removeAttribute("aria-busy");result.textContent="The server does not answer. Move a slider to try again."}});
}
form.querySelectorAll("input[type=range]").forEach(function(e){
  label(e);
  e.addEventListener("input",function(){label(e);clearTimeout(timer);timer=setTimeout(ask,40)});
});
form.querySelectorAll("select").forEach(function(e){e.addEventListener("change",ask)});
form.addEventListener("submit",function(e){e.preventDefault();ask()});
})();
